import '../kit/styles/base.css';
